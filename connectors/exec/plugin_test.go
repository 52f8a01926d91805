//go:build unix

package exec_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	osexec "os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain makes the test binary a plugin too: `test plugin MODE ARGUMENTS`
// behaves as its mode says.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "plugin" {
		plugin(os.Args[2], os.Args[3:])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const (
	welcome = `{"id":1,"result":{"protocol":1,"name":"fake","version":"7","capabilities":["sweep","ask","census","check"]}}`
	oneItem = `{"id":"1","key":"A-1","project":"A","title":"one","state":"todo"}`
	first   = `{"id":2,"batch":{"cursor":"c1","items":[` + oneItem + `]}}`
	end     = `{"id":2,"end":true}`
)

// plugin answers one line of a script to each request, or misbehaves.
func plugin(mode string, args []string) {
	in := bufio.NewReader(os.Stdin)
	request := func() string {
		line, err := in.ReadString('\n')
		if err != nil {
			os.Exit(0)
		}
		return line
	}
	forever := func() { <-time.After(time.Hour) }
	say := func(lines ...string) { fmt.Println(strings.Join(lines, "\n")) }
	if mode == "stay" { // a child that will not go, and holds on to a connection
		signal.Ignore(syscall.SIGTERM)
		c, err := net.Dial("tcp", args[0])
		if err != nil {
			os.Exit(1)
		}
		fmt.Fprintln(c, "here")
		forever()
	}
	hello := request()
	switch mode {
	case "silent":
		forever()
	case "raw": // what it is told, whatever it is asked
		say(args...)
	default:
		say(welcome)
	}
	if mode == "deaf" {
		forever()
	}
	asked := request()
	switch mode {
	case "raw":
		request()
	case "say":
		say(args...)
		request()
	case "echo": // the requests, as titles
		title, _ := json.Marshal(hello + asked)
		say(`{"id":2,"batch":{"cursor":"c1","items":[{"id":"1","key":"A-1","project":"A","state":"todo","title":`+string(title)+`}]}}`, end)
	case "environment":
		title, _ := json.Marshal(strings.Join(os.Environ(), "\n"))
		say(`{"id":2,"batch":{"cursor":"c1","items":[{"id":"1","key":"A-1","project":"A","state":"todo","title":`+string(title)+`}]}}`, end)
	case "die":
		say(first)
		os.Exit(3)
	case "hang":
		say(first)
		forever()
	case "ignore": // the end, as well as signals
		signal.Ignore(syscall.SIGTERM)
		say(first, end)
		forever()
	case "family":
		child := osexec.Command(os.Args[0], "plugin", "stay", args[0])
		if err := child.Start(); err != nil {
			os.Exit(1)
		}
		say(first)
		forever()
	case "same cursor":
		for {
			say(first)
		}
	case "endless line":
		for {
			fmt.Print(strings.Repeat("x", 1<<20))
		}
	case "logs":
		for range 20_000 {
			fmt.Fprintln(os.Stderr, strings.Repeat("z", 100))
		}
		say(first, end)
	case "leak":
		fmt.Fprintln(os.Stderr, "the token is "+os.Getenv("TOKEN")+" \x1b[31m")
		say(`{"id":2,"error":{"kind":"auth","message":"refused ` + os.Getenv("TOKEN") + `"}}`)
		request()
	default:
		forever()
	}
}
