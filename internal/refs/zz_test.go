package refs_test
import ("testing";"time";"fmt";"strings";"syscall";"github.com/waitgraph/waitgraph/internal/refs")
func cpu() time.Duration { var r syscall.Rusage; syscall.Getrusage(syscall.RUSAGE_SELF,&r); return time.Duration(r.Utime.Nano()+r.Stime.Nano())}
func TestZZ(t *testing.T){
 for _,p:=range hostile { for k,in:=range []refs.Text{pull,title,branch,jira}{
  var d [2]time.Duration
  for s,n:=range []int{1<<18,1<<20}{ in.Text=strings.Repeat(p,n/len(p))+"\n\nBlocked by acme/api#3"; a:=cpu(); refs.Read(in); d[s]=cpu()-a }
  if d[1]>300*time.Millisecond || float64(d[1])/float64(d[0]+time.Millisecond)>8 {fmt.Printf("%q %d %v %v\n",p,k,d[0],d[1])}
 }}}
