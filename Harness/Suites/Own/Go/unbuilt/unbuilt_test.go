package unbuilt

import "testing"

func TestNobodyKnowsOf(t *testing.T) { undefinedByAnybody() }
