package objected

import "testing"

// What `go vet` objects to is a failure of `go test`.
func TestOfWhichVetWarns(t *testing.T) { t.Logf("%d", "text") }
