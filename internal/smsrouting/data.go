package smsrouting

import (
	"errors"
	"fmt"
	"strings"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/value"
)

// Data is the way of SMS to one operator, or to any of a country.
type Data struct {
	ID       value.ID                `json:"id"`
	Routing  value.Text              `json:"sms_routing_id"`
	Country  *network.NumericCountry `json:"country"`
	Operator Operator                `json:"operator"`
	Bind     *Bind                   `json:"smpp_bind"`
	GTConfig *GTConfig               `json:"gt_config"`
	Pool     *MSISDNPool             `json:"msisdn_pool"`
	Prefix   *CalledPartyPrefix      `json:"sccp_called_party_prefix"`
}

// Operator is an operator as it stands in routing data, with its codes as lists in text. Any has the id 0 and the name ANY.
type Operator struct {
	CountryID   value.Text              `json:"country_id"`
	Name        string                  `json:"name"`
	CountryName string                  `json:"country_name"`
	ID          value.ID                `json:"id"`
	Country     *network.NumericCountry `json:"country"`
	TAPCodes    string                  `json:"tapcodes"`
	MNCs        string                  `json:"mncs"`
}

// DataFields are what clients may say of routing data; only the ids of the objects matter.
type DataFields struct {
	Country  value.Opt[value.Ref] `json:"country" doc:"To any operator of a country. Either this or operator."`
	Operator value.Opt[value.Ref] `json:"operator" doc:"To one operator."`
	Bind     value.Opt[value.Ref] `json:"smpp_bind" doc:"By an SMPP account. Either this or gt_config."`
	GTConfig value.Opt[value.Ref] `json:"gt_config" doc:"By signalling, with a global title. Only of operators; so the next two."`
	Pool     value.Opt[value.Ref] `json:"msisdn_pool" doc:"Which numbers they are sent from."`
	Prefix   value.Opt[value.Ref] `json:"sccp_called_party_prefix" doc:"What is put before the called party's number."`
}

// row is routing data as it is kept.
type row struct{ id, country, operator, bind, gt, pool, prefix int64 }

func scanRow(r *db.Row) row {
	return row{r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int(), r.Int()}
}

const selectRow = `SELECT id, country_id, operator_id, smpp_bind_id, gt_config_id, msisdn_pool_id, sccp_called_party_prefix_id
	FROM sms_routing_data WHERE organisation_id = $1 AND sms_routing_id = $2`

// ListData lists the data of an organisation's routing by id.
func ListData(q db.Queryer, organisation, routing int64) ([]Data, error) {
	if _, err := Get(q, organisation, routing); err != nil {
		return nil, err
	}
	rows, err := db.All(q, scanRow, selectRow+` ORDER BY id`, organisation, routing)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	names, err := readNames(q, organisation)
	if err != nil {
		return nil, fmt.Errorf("list SMS routing data: %w", err)
	}
	list := make([]Data, len(rows))
	for i, w := range rows {
		list[i] = names.data(routing, w)
	}
	return list, nil
}

// names are what routing data may name, by id.
type names struct {
	countries map[int64]*network.NumericCountry
	operators map[int64]network.Operator
	binds     map[int64]*Bind
	gts       map[int64]*GTConfig
	pools     map[int64]*MSISDNPool
	prefixes  map[int64]*CalledPartyPrefix
}

func readNames(q db.Queryer, organisation int64) (n names, err error) {
	n.countries, n.operators = map[int64]*network.NumericCountry{}, map[int64]network.Operator{}
	countries, err := network.Countries(q)
	if err != nil {
		return n, err
	}
	for _, c := range countries {
		numeric := c.Numeric()
		n.countries[c.ID] = &numeric
	}
	operators, err := network.Operators(q)
	if err != nil {
		return n, err
	}
	for _, o := range operators {
		n.operators[o.ID] = o
	}
	if n.binds, err = byID(q, scanBind, func(b Bind) value.ID { return b.ID }, selectBind, organisation); err != nil {
		return n, err
	}
	if n.gts, err = byID(q, scanGT, func(g GTConfig) value.ID { return g.ID }, selectGT, organisation); err != nil {
		return n, err
	}
	if n.pools, err = byID(q, scanPool, func(p MSISDNPool) value.ID { return p.ID }, selectPool, organisation); err != nil {
		return n, err
	}
	n.prefixes, err = byID(q, scanPrefix, func(p CalledPartyPrefix) value.ID { return p.ID }, selectPrefix, organisation)
	return n, err
}

func byID[T any](q db.Queryer, scan func(*db.Row) T, id func(T) value.ID, query string, organisation int64) (map[int64]*T, error) {
	all, err := db.All(q, scan, query, organisation)
	found := make(map[int64]*T, len(all))
	for i := range all {
		found[int64(id(all[i]))] = &all[i]
	}
	return found, err
}

func (n names) data(routing int64, w row) Data {
	d := Data{
		ID: value.ID(w.id), Routing: value.Text(routing), Country: n.countries[w.country], Bind: n.binds[w.bind], GTConfig: n.gts[w.gt],
		Pool: n.pools[w.pool], Prefix: n.prefixes[w.prefix], Operator: Operator{Name: "ANY", CountryID: value.Text(w.country)},
	}
	if d.Country != nil {
		d.Operator.CountryName, d.Operator.Country = d.Country.Name, d.Country
	}
	if o, known := n.operators[w.operator]; known {
		var taps, mncs []string
		for _, t := range o.TAPCode {
			taps = append(taps, t.TAPCode)
		}
		for _, m := range o.MNC {
			mncs = append(mncs, m.MNC)
		}
		d.Operator = Operator{
			CountryID: value.Text(o.Country.ID), Name: o.Name, CountryName: o.CountryName, ID: value.ID(o.ID), Country: &o.Country,
			TAPCodes: strings.Join(taps, ","), MNCs: strings.Join(mncs, ","),
		}
	}
	return d
}

// CreateData adds a way to a routing. master is whether the organisation is an operator: of others, what only operators have is
// passed over. The id comes from db.NextID of the kind "sms_routing_data".
func CreateData(tx *db.Tx, organisation, routing, id int64, master bool, f DataFields) error {
	if _, err := Get(tx, organisation, routing); err != nil {
		return err
	}
	w := row{id: id}
	if err := w.take(tx, organisation, master, f); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO sms_routing_data (organisation_id, sms_routing_id, id, country_id, operator_id, smpp_bind_id, gt_config_id,
		msisdn_pool_id, sccp_called_party_prefix_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		organisation, routing, id, w.country, w.operator, w.bind, w.gt, w.pool, w.prefix)
	if err != nil {
		return fmt.Errorf("add SMS routing data: %w", err)
	}
	return nil
}

// PatchData changes a way. Naming a country takes the operator away, and the other way round; so with SMPP account and global title.
func PatchData(tx *db.Tx, organisation, routing, id int64, master bool, f DataFields) error {
	w, err := getRow(tx, organisation, routing, id)
	if err == nil {
		err = w.take(tx, organisation, master, f)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE sms_routing_data SET country_id = $1, operator_id = $2, smpp_bind_id = $3, gt_config_id = $4, msisdn_pool_id = $5,
		sccp_called_party_prefix_id = $6 WHERE organisation_id = $7 AND sms_routing_id = $8 AND id = $9`,
		w.country, w.operator, w.bind, w.gt, w.pool, w.prefix, organisation, routing, id)
	if err != nil {
		return fmt.Errorf("change SMS routing data: %w", err)
	}
	return nil
}

// DeleteData takes a way from a routing.
func DeleteData(tx *db.Tx, organisation, routing, id int64) error {
	if _, err := getRow(tx, organisation, routing, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM sms_routing_data WHERE organisation_id = $1 AND sms_routing_id = $2 AND id = $3`, organisation, routing, id)
	if err != nil {
		return fmt.Errorf("delete SMS routing data: %w", err)
	}
	return nil
}

func getRow(q db.Queryer, organisation, routing, id int64) (row, error) {
	if _, err := Get(q, organisation, routing); err != nil {
		return row{}, err
	}
	w, err := db.One(q, scanRow, selectRow+` AND id = $3`, organisation, routing, id)
	if errors.Is(err, db.ErrNone) {
		err = fault.Missing("SMS routing data", id)
	}
	return w, err
}
