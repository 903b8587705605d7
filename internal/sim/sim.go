package sim

import (
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Statuses of a SIM.
const (
	Issued      int64 = 0
	Activated   int64 = 1
	Suspended   int64 = 2
	Deleted     int64 = 3
	FactoryTest int64 = 4
)

// Statuses lists the statuses with their names, by id.
func Statuses() []value.Described {
	return []value.Described{
		{ID: value.ID(Issued), Description: "Issued"},
		{ID: value.ID(Activated), Description: "Activated"},
		{ID: value.ID(Suspended), Description: "Suspended"},
		{ID: value.ID(Deleted), Description: "Deleted"},
		{ID: value.ID(FactoryTest), Description: "Factory Test"},
	}
}

// Status is a status with its name; without one when there is no such status.
func Status(id int64) value.Described {
	if id < Issued || id > FactoryTest {
		return value.Described{ID: value.ID(id)}
	}
	return Statuses()[id]
}

// SIM is a SIM as the API shows it.
type SIM struct {
	ID             value.ID         `json:"id"`
	ICCID          string           `json:"iccid" doc:"19 digits, without the check digit."`
	ICCIDWithLuhn  string           `json:"iccid_with_luhn" doc:"20 digits."`
	EID            *string          `json:"eid" doc:"32 digits; null for a card that is no eUICC."`
	ProductionDate value.EntityTime `json:"production_date"`
	ActivationDate value.EntityTime `json:"activation_date" doc:"When it was first activated."`
	Status         value.Described  `json:"status"`
	CustomerOrg    *Org             `json:"customer_org"`
	IssuerOrg      *Org             `json:"issuer_org"`
	ResellerOrg    *Org             `json:"reseller_org"`
	Endpoint       *value.Named     `json:"endpoint"`
	IMSI           *string          `json:"imsi" doc:"The one that was active last."`
	MSISDN         *string          `json:"msisdn"`
	Model          *Model           `json:"model"`
}

// Org is an organisation that holds a SIM.
type Org struct {
	ID      value.ID                `json:"id"`
	Name    string                  `json:"name"`
	Country *network.NumericCountry `json:"country"`
}

// Model is a kind of card.
type Model struct {
	ID           value.ID    `json:"id"`
	Description  string      `json:"description"`
	MemorySize   int64       `json:"memory_size" doc:"KiB, 0 when it is not known."`
	Formfactor   value.Named `json:"formfactor"`
	Manufacturer value.Named `json:"manufacturer"`
}

// model finds a model by its description, which is what is stored. One that the inventory does not know keeps its text.
func model(description string) *Model {
	plastic := value.Named{ID: 1, Name: "2FF, 3FF and 4FF"}
	soldered := value.Named{ID: 2, Name: "MFF2"}
	maker := value.Named{ID: 1, Name: "Any"}
	switch description {
	case "":
		return nil
	case "Removable":
		return &Model{ID: 1, Description: description, MemorySize: 128, Formfactor: plastic, Manufacturer: maker}
	case "Embedded":
		return &Model{ID: 2, Description: description, MemorySize: 128, Formfactor: soldered, Manufacturer: maker}
	}
	return &Model{Description: description}
}

// Card is a SIM as the rules see it: by ids. 0 and "" stand for none.
type Card struct {
	ID        int64
	Issuer    int64
	Reseller  int64
	Customer  int64
	Status    int64
	Endpoint  int64
	Activated int64 // when it was first activated, µs
	ICCID     string
	IMSIID    int64
	IMSI      string
}

// Owner is the organisation that the SIM works for.
func (c Card) Owner() int64 { return Owner(c.Issuer, c.Reseller, c.Customer) }

// Owner tells which of a SIM's organisations owns it: its customer, else its reseller, else its issuer.
func Owner(issuer, reseller, customer int64) int64 {
	switch {
	case customer != 0:
		return customer
	case reseller != 0:
		return reseller
	}
	return issuer
}

// HeldBy reports whether an organisation may see the SIM. Nobody else can tell that it exists.
func (c Card) HeldBy(organisation int64) bool {
	return organisation != 0 && (organisation == c.Issuer || organisation == c.Reseller || organisation == c.Customer)
}
