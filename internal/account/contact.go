package account

import (
	"errors"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/value"
)

// Types of contacts. The contract names only the first; statements take the address of an invoice contact before another's.
const (
	CommercialContact int64 = 1
	TechnicalContact  int64 = 2
	InvoiceContact    int64 = 3
)

// ContactTypes is the look-up table.
func ContactTypes() []value.Described {
	return []value.Described{
		{ID: value.ID(CommercialContact), Description: "Commercial"}, {ID: value.ID(TechnicalContact), Description: "Technical"},
		{ID: value.ID(InvoiceContact), Description: "Invoice"},
	}
}

// Contact is whom to turn to in an organisation, and where its letters go.
type Contact struct {
	ID           value.ID        `json:"id"`
	Organisation value.Named     `json:"organisation"`
	Type         value.Described `json:"type"`
	Address
}

// Address is a person or a department, and where it is.
type Address struct {
	Name             string       `json:"name"`
	Title            string       `json:"title"`
	Department       string       `json:"department"`
	Street           string       `json:"street"`
	SecondaryAddress string       `json:"secondary_address"`
	Zipcode          string       `json:"zipcode"`
	City             string       `json:"city"`
	State            string       `json:"state"`
	Country          *value.Named `json:"country"`
	Email            string       `json:"email"`
	Phone            string       `json:"phone"`
	Mobile           string       `json:"mobile"`
}

// ContactFields is what clients say of a contact.
type ContactFields struct {
	Type             value.Opt[value.Ref] `json:"type" doc:"1 Commercial, which is meant by default, 2 Technical, 3 Invoice."`
	Name             value.Opt[string]    `json:"name"`
	Title            value.Opt[string]    `json:"title"`
	Department       value.Opt[string]    `json:"department"`
	Street           value.Opt[string]    `json:"street"`
	SecondaryAddress value.Opt[string]    `json:"secondary_address"`
	Zipcode          value.Opt[string]    `json:"zipcode"`
	City             value.Opt[string]    `json:"city"`
	State            value.Opt[string]    `json:"state"`
	Country          value.Opt[value.Ref] `json:"country"`
	Email            value.Opt[string]    `json:"email"`
	Phone            value.Opt[string]    `json:"phone"`
	Mobile           value.Opt[string]    `json:"mobile"`
}

// contactText is a text that may be said of a contact, and where it is kept.
type contactText struct {
	name string
	from value.Opt[string]
	to   *string
}

func (f ContactFields) texts(a *Address) []contactText {
	return []contactText{
		{"name", f.Name, &a.Name}, {"title", f.Title, &a.Title}, {"department", f.Department, &a.Department}, {"street", f.Street, &a.Street},
		{"secondary_address", f.SecondaryAddress, &a.SecondaryAddress}, {"zipcode", f.Zipcode, &a.Zipcode}, {"city", f.City, &a.City},
		{"state", f.State, &a.State}, {"email", f.Email, &a.Email}, {"phone", f.Phone, &a.Phone}, {"mobile", f.Mobile, &a.Mobile},
	}
}

// apply sets what the fields name and says what is wrong with them.
func (f ContactFields) apply(q db.Queryer, c *Contact) error {
	var wrong []*fault.Error
	for _, text := range f.texts(&c.Address) {
		if !text.from.Set {
			continue
		}
		wrong = append(wrong, fault.Text("Contact", text.name, text.from.Value, fault.MaxText)...)
		*text.to = strings.TrimSpace(text.from.Value)
	}
	if f.Type.Has() {
		kind, known := value.Find(ContactTypes(), refOf(f.Type))
		if c.Type = kind; !known {
			wrong = append(wrong, fault.New(fault.InvalidReference, "Contact - type: there is none with id %d", kind.ID))
		}
	}
	if f.Country.Set {
		c.Country = nil
		if id := refOf(f.Country); id != 0 {
			_, err := db.One(q, db.Int, `SELECT id FROM country WHERE id = $1`, id)
			if errors.Is(err, db.ErrNone) {
				wrong = append(wrong, fault.New(fault.InvalidReference, "Contact - country: there is none with id %d", id))
			} else if err != nil {
				return err
			}
			c.Country = &value.Named{ID: value.ID(id)}
		}
	}
	if c.Name == "" {
		wrong = append(wrong, fault.New(fault.Required, "Contact - name is required"))
	}
	return fault.Invalid(wrong...)
}

const selectContact = `SELECT k.id, k.organisation_id, o.name, k.type_id, k.name, k.title, k.department, k.street, k.secondary_address, k.zipcode,
	k.city, k.state, k.country_id, COALESCE(c.name, ''), k.email, k.phone, k.mobile FROM organisation_contact k
	JOIN organisation o ON o.id = k.organisation_id LEFT JOIN country c ON c.id = k.country_id WHERE k.organisation_id = $1`

func scanContact(r *db.Row) Contact {
	c := Contact{ID: value.ID(r.Int()), Organisation: value.Named{ID: value.ID(r.Int()), Name: r.Text()}}
	c.Type, _ = value.Find(ContactTypes(), r.Int())
	c.Name, c.Title, c.Department, c.Street, c.SecondaryAddress, c.Zipcode = r.Text(), r.Text(), r.Text(), r.Text(), r.Text(), r.Text()
	c.City, c.State = r.Text(), r.Text()
	if country := (value.Named{ID: value.ID(r.Int()), Name: r.Text()}); country.ID != 0 {
		c.Country = &country
	}
	c.Email, c.Phone, c.Mobile = r.Text(), r.Text(), r.Text()
	return c
}

// Contacts lists the contacts of an organisation.
func Contacts(q db.Queryer, organisation int64) ([]Contact, error) {
	return db.All(q, scanContact, selectContact+` ORDER BY k.id`, organisation)
}

// ContactByID reads one.
func ContactByID(q db.Queryer, organisation, id int64) (*Contact, error) {
	c, err := db.One(q, scanContact, selectContact+` AND k.id = $2`, organisation, id)
	if errors.Is(err, db.ErrNone) {
		err = fault.Missing("Contact", id)
	}
	return &c, err
}

// StoreContact makes a contact of an organisation, whose head tx holds, or changes it when create is false. The id of a new one
// comes from db.NextID of the kind "contact".
func StoreContact(tx *db.Tx, now, user, organisation, id int64, create bool, f ContactFields) error {
	c := &Contact{ID: value.ID(id), Type: ContactTypes()[0]}
	if !create {
		var err error
		if c, err = ContactByID(tx, organisation, id); err != nil {
			return err
		}
	}
	before := c.Name
	if err := f.apply(tx, c); err != nil {
		return err
	}
	var country int64
	if c.Country != nil {
		country = int64(c.Country.ID)
	}
	_, err := tx.Exec(`INSERT INTO organisation_contact (organisation_id, id, type_id, name, title, department, street, secondary_address, zipcode,
		city, state, country_id, email, phone, mobile) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (organisation_id, id) DO UPDATE SET type_id = excluded.type_id, name = excluded.name, title = excluded.title,
		department = excluded.department, street = excluded.street, secondary_address = excluded.secondary_address,
		zipcode = excluded.zipcode, city = excluded.city, state = excluded.state, country_id = excluded.country_id,
		email = excluded.email, phone = excluded.phone, mobile = excluded.mobile`,
		organisation, id, int64(c.Type.ID), c.Name, c.Title, c.Department, c.Street, c.SecondaryAddress, c.Zipcode, c.City, c.State, country,
		c.Email, c.Phone, c.Mobile)
	if err != nil {
		return fmt.Errorf("store contact: %w", err)
	}
	return told(tx, now, user, organisation, event.OrganisationUpdated, "Contact was changed", contactData(before, c.Name))
}

// DeleteContact removes a contact of an organisation, whose head tx holds.
func DeleteContact(tx *db.Tx, now, user, organisation, id int64) error {
	before, err := ContactByID(tx, organisation, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM organisation_contact WHERE organisation_id = $1 AND id = $2`, organisation, id); err != nil {
		return fmt.Errorf("delete contact: %w", err)
	}
	return told(tx, now, user, organisation, event.OrganisationUpdated, "Contact was deleted", contactData(before.Name, ""))
}

// AddressFor is the address of an organisation's first contact of a type, else of its first commercial one, else of its first
// one; nil for none.
func AddressFor(q db.Queryer, organisation, kind int64) (*Address, error) {
	all, err := Contacts(q, organisation)
	for _, wanted := range []int64{kind, CommercialContact, 0} {
		for i := range all {
			if wanted == 0 || int64(all[i].Type.ID) == wanted {
				return &all[i].Address, err
			}
		}
	}
	return nil, err
}
