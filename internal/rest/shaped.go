package rest

// Shaped is an error with a body of its own shape, where the contract is irregular.
type Shaped struct {
	Status int
	Body   any
}

// Error implements error.
func (s Shaped) Error() string { return "the request is refused" }
