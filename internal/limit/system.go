package limit

import "github.com/simstead/simstead/internal/money"

// System lists the limits that every service profile may choose from, by id. All count a calendar month, UTC. Which there
// are is the platform's choice: the contract only says that they are a fixed table.
func System() []Limit {
	var list []Limit
	add := func(first, service, unit int64, volumes ...int64) {
		for i, volume := range volumes {
			list = append(list, Limit{ID: first + int64(i), Service: service, Volume: volume * unit})
		}
	}
	add(1, 38, money.MB, 1, 5, 10, 20, 50, 100, 250, 500, 1000, 2000, 5000, 10_000)
	add(21, 32, 1, 10, 20, 50, 100, 250, 500, 1000)
	add(41, 6, 1, 10, 20, 50, 100, 250, 500, 1000)
	return list
}

// FirstOwn is the lowest id of a limit that an organisation makes itself.
const FirstOwn int64 = 1001
