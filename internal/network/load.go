package network

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/simstead/simstead/internal/db"
)

// loadedSetting names the setting that holds the fingerprint of the reference data loaded last.
const loadedSetting = "reference_data"

// Load puts reference data into the database: what is missing is added, a row that is there stays as the operator of
// the platform has made it. Data that was loaded before costs one look-up, and brings back nothing that was deleted
// since.
func Load(ctx context.Context, d *db.DB, data Data) error {
	mark, err := data.fingerprint()
	if err != nil {
		return err
	}
	var loaded bool
	err = d.Read(ctx, func(q db.Queryer) error { loaded, err = isLoaded(q, mark); return err })
	if err != nil || loaded {
		return err
	}
	err = d.Write(ctx, nil, func(tx *db.Tx) error {
		// Somebody else may have been first: the setting's row is what two of them meet at.
		if err := lockLoaded(tx); err != nil {
			return err
		}
		if loaded, err := isLoaded(tx, mark); err != nil || loaded {
			return err
		}
		before, err := size(tx)
		if err != nil {
			return err
		}
		if err := data.store(tx); err != nil {
			return err
		}
		after, err := size(tx)
		if err != nil {
			return err
		}
		if after != before {
			if err := Changed(tx); err != nil {
				return err
			}
		}
		return markLoaded(tx, mark)
	})
	if err != nil {
		return fmt.Errorf("load reference data: %w", err)
	}
	return nil
}

// fingerprint names the content, with what JSON answers leave out.
func (d Data) fingerprint() (string, error) {
	hash := sha256.New()
	if err := json.NewEncoder(hash).Encode(d); err != nil {
		return "", fmt.Errorf("fingerprint reference data: %w", err)
	}
	for _, c := range d.Currencies {
		fmt.Fprintln(hash, c.Name)
	}
	for _, o := range d.Operators {
		for _, m := range o.MNC {
			fmt.Fprintln(hash, m.PLMN)
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// store adds the rows that are missing.
func (d Data) store(tx *db.Tx) error {
	countries, currencies, operators := insertCountry.New(), insertCurrency.New(), insertOperator.New()
	plmns, tapcodes := insertPLMN.New(), insertTAPCode.New()
	for _, c := range d.Countries {
		countries.Int(c.ID).Text(c.Name, c.CountryCode, c.MCC, c.ISOCode, coordinate(c.Latitude), coordinate(c.Longitude))
	}
	for _, c := range d.Currencies {
		currencies.Int(c.ID).Text(c.Code, c.Symbol, c.Name)
	}
	for _, o := range d.Operators {
		operators.Int(o.ID).Text(o.Name).Int(o.Country.ID)
		for _, m := range o.MNC {
			plmns.Text(m.PLMN).Int(m.ID, o.ID)
		}
		for _, t := range o.TAPCode {
			tapcodes.Text(t.TAPCode).Int(t.ID, o.ID)
		}
	}
	for _, rows := range []*db.Rows{countries, currencies, operators, plmns, tapcodes} {
		if err := tx.Insert(rows); err != nil {
			return err
		}
	}
	return nil
}
