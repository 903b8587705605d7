package doctor

import (
	"fmt"
	"math/big"
	"math/bits"

	"github.com/simstead/simstead/internal/money"
)

// wide is a sum of money that may be more than 64 bits hold, in 1e-10.
type wide struct {
	high int64
	low  uint64
}

func wideOf(n int64) wide { return wide{n >> 63, uint64(n)} }

func (w *wide) add(o wide) {
	low, carry := bits.Add64(w.low, o.low, 0)
	w.low, w.high = low, w.high+o.high+int64(carry)
}

// below reports whether the sum is less than n.
func (w wide) below(n int64) bool {
	o := wideOf(n)
	return w.high < o.high || w.high == o.high && w.low < o.low
}

// parts are the sum's whole units and the rest in 1e-10.
func (w wide) parts() (units, rest int64) {
	n := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(w.high), 64), new(big.Int).SetUint64(w.low))
	whole, part := n.QuoRem(n, big.NewInt(money.Unit), new(big.Int))
	return whole.Int64(), part.Int64()
}

// String writes the sum as money.
func (w wide) String() string {
	n := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(w.high), 64), new(big.Int).SetUint64(w.low))
	if n.IsInt64() {
		return cost(n.Int64())
	}
	units, rest := new(big.Int).QuoRem(n, big.NewInt(money.Unit), new(big.Int))
	return fmt.Sprintf("%s.%010d", units, rest.Abs(rest))
}
