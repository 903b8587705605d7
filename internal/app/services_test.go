package app

import (
	"os"
	"path/filepath"
	"testing"
)

func TestServices(t *testing.T) {
	load := func(text string, environ ...string) (Config, error) {
		path := filepath.Join(t.TempDir(), "simstead.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return Load(Defaults(), path, environ)
	}
	c, err := load("datadog_urls: [EU=https://intake.example.com]\nkeen_url: https://keen.example.com\npubsub_plaintext: true\n",
		"SIMSTEAD_KEEN_EVENT_COLLECTION=cdr")
	if err != nil {
		t.Fatal(err)
	}
	if c.KeenURL != "https://keen.example.com" || c.KeenEventCollection != "cdr" || c.KeenUsageCollection != "usage" || !c.PubSubPlaintext {
		t.Errorf("read as %+v", c.Services)
	}
	if urls, err := c.datadogURLs(); err != nil || len(urls) != 1 || urls["EU"] != "https://intake.example.com" {
		t.Errorf("Datadog is at %v, %v", urls, err)
	}
	c, err = load("{}", "SIMSTEAD_DATADOG_URLS=US=http://127.0.0.1:1,US3=http://127.0.0.1:2")
	if urls, _ := c.datadogURLs(); err != nil || len(urls) != 2 {
		t.Errorf("Datadog is at %v, %v", urls, err)
	}
	for _, wrong := range []string{
		"datadog_urls: [MARS=https://a.example]", "datadog_urls: [https://a.example]", "datadog_urls: [US=ftp://a.example]",
		"keen_url: keen.example.com", "keen_event_collection: ''", "salesforce_client_id: x", "salesforce_url: '//x'",
	} {
		if _, err := load(wrong + "\n"); err == nil {
			t.Errorf("%s was accepted", wrong)
		}
	}
}
