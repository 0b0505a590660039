package own

import (
	"fmt"
	"os"
	"testing"

	"example.com/dependency"
)

func TestMain(m *testing.M) {
	fmt.Println("setting up the database")
	fmt.Print("connecting... ")
	os.Exit(m.Run())
}

func TestVendored(t *testing.T) {
	if dependency.One() != 1 {
		t.Fatal("another one")
	}
}

func TestNoLineEnd(t *testing.T) { fmt.Print(".") }

func TestFailsWithoutLineEnd(t *testing.T) {
	fmt.Print(".")
	t.Error("wrong")
}

func TestSkips(t *testing.T) { t.Skip("not here") }
