package provision

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// File is what there shall be.
type File struct {
	Tariffs       []Tariff       `yaml:"tariffs"`
	Organisations []Organisation `yaml:"organisations"`
	folder        string         // where the files are that it names
}

// Tariff is a price list of the operator's.
type Tariff struct {
	Name     string   `yaml:"name"`
	Currency string   `yaml:"currency"` // its code
	Block    *int64   `yaml:"block"`    // bytes that data is charged in, 1 when it is not given
	Rounding string   `yaml:"rounding"` // what is rounded up to blocks: "session", which is meant by "", "day" or "record"
	APNs     []string `yaml:"apns"`     // none: every APN
	Zones    []Zone   `yaml:"zones"`
}

// Zone is a set of networks that cost the same.
type Zone struct {
	Name     string   `yaml:"name"`
	Networks []string `yaml:"networks"`  // PLMNs
	DataRate string   `yaml:"data_rate"` // per MB
	SMSRate  string   `yaml:"sms_rate"`  // per SMS; "": SMS have no price
}

// Organisation is a reseller or an enterprise. Only an enterprise has endpoints, and with them inclusive volumes, an
// address space, name servers and SIMs.
type Organisation struct {
	Name             string      `yaml:"name"`
	Type             string      `yaml:"type"`
	Parent           string      `yaml:"parent"` // "": the operator
	Currency         string      `yaml:"currency"`
	TimeZone         string      `yaml:"time_zone"`
	Tariffs          []string    `yaml:"tariffs"` // SIMs get the first
	MonthlyCostLimit string      `yaml:"monthly_cost_limit"`
	Prepaid          bool        `yaml:"prepaid"`
	Administrator    string      `yaml:"administrator"`
	InclusiveVolumes []Inclusive `yaml:"inclusive_volumes"`
	AddressSpace     string      `yaml:"address_space"`
	DNS              []string    `yaml:"dns"`
	SIMs             string      `yaml:"sims"` // a file of SIMs
	DataStreams      []Stream    `yaml:"data_streams"`
}

// Inclusive is what each active SIM under a tariff brings a month.
type Inclusive struct {
	Tariff string `yaml:"tariff"`
	Zone   string `yaml:"zone"`
	Volume string `yaml:"volume"` // MB
	Rate   string `yaml:"rate"`   // a SIM and month; "": nothing
	Pooled *bool  `yaml:"pooled"` // shared by the SIMs, which is meant when it is not given
}

var goType = regexp.MustCompile(` in type provision\.\w+`)

// Open reads a file. A key that means nothing is an error.
func Open(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	f := &File{folder: filepath.Dir(path)}
	decoder := yaml.NewDecoder(in)
	decoder.KnownFields(true)
	if err := decoder.Decode(f); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s is empty", path)
	} else if err != nil {
		return nil, fmt.Errorf("%s: %s", path, goType.ReplaceAllString(strings.TrimPrefix(err.Error(), "yaml: "), ""))
	}
	if err := decoder.Decode(&File{}); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s holds more than one document", path)
	}
	return f, nil
}

// place names an element of a list in the file: by its name, or by its number from 1 when it has none.
func place(list string, i int, name string) string {
	if name == "" {
		return fmt.Sprintf("%s[%d]", list, i+1)
	}
	return fmt.Sprintf("%s[%s]", list, name)
}
