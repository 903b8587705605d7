package app

import (
	"errors"

	"github.com/simstead/simstead/internal/rest"
)

// LimitConfig says how many requests the API serves; 0 is any number.
type LimitConfig struct {
	Address      int64 `koanf:"rate_limit"`              // from one client address in five minutes
	Authenticate int64 `koanf:"rate_limit_authenticate"` // the same to /authenticate
	Session      int64 `koanf:"rate_limit_session"`      // of one signed-in user in five minutes
	Month        int64 `koanf:"rate_limit_month"`        // of one organisation in a calendar month
	Classes      bool  `koanf:"rate_limit_classes"`      // the contract's rates of its reading operations
	Status       int   `koanf:"rate_limit_status"`       // of a refusal, 403 or 429
}

func defaultLimits() LimitConfig {
	return LimitConfig{Address: 2000, Authenticate: 100, Session: 2000, Status: 403}
}

var limitKeys = []string{
	"rate_limit", "rate_limit_authenticate", "rate_limit_session", "rate_limit_month", "rate_limit_classes", "rate_limit_status",
}

func (c LimitConfig) check() error {
	switch {
	case c.Address < 0 || c.Authenticate < 0 || c.Session < 0 || c.Month < 0:
		return errors.New("configuration: a rate_limit must not be negative; 0 means that there is none")
	case c.Status != 403 && c.Status != 429:
		return errors.New("configuration: rate_limit_status must be 403 or 429")
	}
	return nil
}

func (c LimitConfig) limits(month rest.MonthCounter) rest.Limits {
	return rest.Limits{
		Address: c.Address, Authenticate: c.Authenticate, Session: c.Session, Month: c.Month, MonthCounter: month, Classes: c.Classes, Status: c.Status,
	}
}
