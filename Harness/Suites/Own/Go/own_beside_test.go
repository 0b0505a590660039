package own_test

import "testing"

// The package has a test of this name too: go runs both.
func TestVendored(t *testing.T) {}

func TestSkips(t *testing.T) { t.Error("wrong") }
