package tariff

import "github.com/simstead/simstead/internal/value"

// Octets is an entry of the look-ups of block sizes and throttles.
type Octets struct {
	ID          value.ID   `json:"id"`
	Octets      value.Text `json:"octets" doc:"Bytes of a block; of a throttle, bits a second."`
	Description string     `json:"description"`
}

// Blocksizes lists what data can be charged in. The contract's are the first and the last, one block under two ids: clients know
// it by either.
func Blocksizes() []Octets {
	return []Octets{
		{1, 1, "exact"},
		{2, 1000, "1 kB"},
		{3, 1024, "1 KiB"},
		{4, 10_000, "10 kB"},
		{5, 10_240, "10 KiB"},
		{6, 100_000, "100 kB"},
		{7, 102_400, "100 KiB"},
		{8, 1_000_000, "1 MB"},
		{9, 1_048_576, "1 MiB"},
		{10, 1, "exact"},
	}
}

// Throttles lists what a tariff can keep its sessions to. The ids 1 and 9 are the contract's.
func Throttles() []Octets {
	return []Octets{
		{1, 128_000, "128 kbit/s"},
		{2, 64_000, "64 kbit/s"},
		{3, 384_000, "384 kbit/s"},
		{4, 512_000, "512 kbit/s"},
		{5, 1_000_000, "1 Mbit/s"},
		{6, 2_000_000, "2 Mbit/s"},
		{7, 5_000_000, "5 Mbit/s"},
		{8, 10_000_000, "10 Mbit/s"},
		{9, 256_000, "256 kbit/s"},
	}
}

// BlocksizeOf is the look-up's entry of a block. A size that is not in it, which a tariff of another source may have, is its
// own id.
func BlocksizeOf(bytes int64) Octets { return entryOf(Blocksizes(), bytes) }

// ThrottleOf is the same of a throttle in bit/s.
func ThrottleOf(rate int64) Octets { return entryOf(Throttles(), rate) }

func entryOf(list []Octets, octets int64) Octets {
	for _, o := range list {
		if int64(o.Octets) == octets {
			return o
		}
	}
	return Octets{ID: value.ID(octets), Octets: value.Text(octets)}
}

// octetsByID finds what an id of a look-up means; false for none.
func octetsByID(list []Octets, id int64) (int64, bool) {
	for _, o := range list {
		if int64(o.ID) == id {
			return int64(o.Octets), true
		}
	}
	return 0, false
}
