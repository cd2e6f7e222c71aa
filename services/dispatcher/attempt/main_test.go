package attempt

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/orderwire/orderwire/services/dispatcher/dial/dialtest"
)

// authority is the one that this test process trusts.
var authority *dialtest.Authority

func TestMain(m *testing.M) {
	code := dialtest.Main(m, &authority)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines were left behind:", err)
			code = 1
		}
	}
	os.Exit(code)
}
