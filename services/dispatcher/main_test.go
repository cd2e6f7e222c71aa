package dispatcher

import (
	"testing"

	"github.com/orderwire/orderwire/services/internal/natsd/natstest"
)

func TestMain(m *testing.M) { natstest.Main(m) }
