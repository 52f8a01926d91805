module github.com/waitgraph/waitgraph/examples/plugins/gitlab

go 1.26.0

require (
	github.com/waitgraph/waitgraph v0.0.0-00010101000000-000000000000
	gitlab.com/gitlab-org/api/client-go/v2 v2.64.0
)

require (
	github.com/google/go-querystring v1.2.0 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	golang.org/x/oauth2 v0.37.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)

replace github.com/waitgraph/waitgraph => ../../..
