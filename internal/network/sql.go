package network

import (
	"errors"
	"strconv"

	"github.com/simstead/simstead/internal/db"
)

var (
	insertCountry = db.NewInsert("country", `id bigint, name text, country_code text, mcc text, iso_code text, latitude text,
		longitude text`, "ON CONFLICT (id) DO NOTHING")
	insertCurrency = db.NewInsert("currency", "id bigint, code text, symbol text, name text", "ON CONFLICT (id) DO NOTHING")
	insertOperator = db.NewInsert("operator", "id bigint, name text, country_id bigint", "ON CONFLICT (id) DO NOTHING")
	insertPLMN     = db.NewInsert("operator_plmn", "plmn text, id bigint, operator_id bigint", "ON CONFLICT (plmn) DO NOTHING")
	insertTAPCode  = db.NewInsert("operator_tapcode", "tapcode text, id bigint, operator_id bigint", "ON CONFLICT (tapcode) DO NOTHING")
)

// Changed raises the version of the catalogue of tariffs, operators and countries, so that every cache reloads it.
func Changed(tx *db.Tx) error {
	_, err := tx.Exec(`UPDATE catalogue SET version = version + 1 WHERE id = 1`)
	return err
}

func isLoaded(q db.Queryer, mark string) (bool, error) {
	was, err := db.One(q, db.Text, `SELECT value FROM setting WHERE name = $1`, loadedSetting)
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	return was == mark, err
}

func lockLoaded(tx *db.Tx) error {
	_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ($1, '') ON CONFLICT (name) DO UPDATE SET value = setting.value`,
		loadedSetting)
	return err
}

func markLoaded(tx *db.Tx, mark string) error {
	_, err := tx.Exec(`UPDATE setting SET value = $2 WHERE name = $1`, loadedSetting, mark)
	return err
}

// size counts the rows of all reference tables.
func size(q db.Queryer) (int64, error) {
	return db.One(q, db.Int, `SELECT (SELECT COUNT(*) FROM country) + (SELECT COUNT(*) FROM currency) +
		(SELECT COUNT(*) FROM operator) + (SELECT COUNT(*) FROM operator_plmn) + (SELECT COUNT(*) FROM operator_tapcode)`)
}

// Countries lists the countries by id.
func Countries(q db.Queryer) ([]Country, error) {
	return db.All(q, func(r *db.Row) Country {
		return Country{
			ID: r.Int(), Name: r.Text(), CountryCode: r.Text(), MCC: r.Text(), ISOCode: r.Text(),
			Latitude: readCoordinate(r.Text()), Longitude: readCoordinate(r.Text()),
		}
	}, `SELECT id, name, country_code, mcc, iso_code, latitude, longitude FROM country ORDER BY id`)
}

// Currencies lists the currencies by id. Their number of digits is not kept: prices have ten places in any currency.
func Currencies(q db.Queryer) ([]Currency, error) {
	return db.All(q, func(r *db.Row) Currency {
		return Currency{ID: r.Int(), Code: r.Text(), Symbol: r.Text(), Name: r.Text()}
	}, `SELECT id, code, symbol, name FROM currency ORDER BY id`)
}

// CurrencyByID reads a currency.
func CurrencyByID(q db.Queryer, id int64) (Currency, error) {
	return db.One(q, func(r *db.Row) Currency {
		return Currency{ID: r.Int(), Code: r.Text(), Symbol: r.Text(), Name: r.Text()}
	}, `SELECT id, code, symbol, name FROM currency WHERE id = $1`, id)
}

// Operators lists the operators by id, each with its country, networks and TAP codes.
func Operators(q db.Queryer) ([]Operator, error) {
	countries, err := Countries(q)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]Country, len(countries))
	for _, c := range countries {
		byID[c.ID] = c
	}
	list, err := db.All(q, func(r *db.Row) Operator {
		o := Operator{ID: r.Int(), Name: r.Text(), InboundRoamersAllowed: true, MNC: []MNC{}, TAPCode: []TAPCode{}}
		country := byID[r.Int()]
		o.Country, o.CountryName, o.NameAndCountry = country.Numeric(), country.Name, NameAndCountry(o.Name, country.Name)
		return o
	}, `SELECT id, name, country_id FROM operator ORDER BY id`)
	if err != nil {
		return nil, err
	}
	return list, addCodes(q, list)
}

// addCodes gives each operator its networks and TAP codes, in the order of their text.
func addCodes(q db.Queryer, list []Operator) error {
	at := make(map[int64]*Operator, len(list))
	for i := range list {
		at[list[i].ID] = &list[i]
	}
	err := q.Each(func(r *db.Row) {
		plmn, id, operator := r.Text(), r.Int(), r.Int()
		if o := at[operator]; o != nil {
			o.MNC = append(o.MNC, MNC{ID: id, MNC: plmn[mccLength:], OperatorID: operator, PLMN: plmn})
		}
	}, `SELECT plmn, id, operator_id FROM operator_plmn ORDER BY plmn`)
	if err != nil {
		return err
	}
	return q.Each(func(r *db.Row) {
		code, id, operator := r.Text(), r.Int(), r.Int()
		if o := at[operator]; o != nil {
			o.TAPCode = append(o.TAPCode, TAPCode{ID: id, TAPCode: code, OperatorID: operator})
		}
	}, `SELECT tapcode, id, operator_id FROM operator_tapcode ORDER BY tapcode`)
}

// PLMNs is the operator of each PLMN.
type PLMNs map[string]int64

// LoadPLMNs reads the operators of all PLMNs.
func LoadPLMNs(q db.Queryer) (PLMNs, error) {
	owner := PLMNs{}
	err := q.Each(func(r *db.Row) { plmn := r.Text(); owner[plmn] = r.Int() }, `SELECT plmn, operator_id FROM operator_plmn`)
	return owner, err
}

// Operator returns the operator of a PLMN as a packet core reports it: see Match.
func (p PLMNs) Operator(plmn string) (id int64, ok bool) { return Match(plmn, p) }

func coordinate(degrees *float64) string {
	if degrees == nil {
		return ""
	}
	return strconv.FormatFloat(*degrees, 'f', -1, 64)
}

// readCoordinate reads what coordinate wrote.
func readCoordinate(text string) *float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil
	}
	return &n
}
