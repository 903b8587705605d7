package rig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Client calls the API with an application token, which it trades for an auth token when it first needs one.
type Client struct {
	URL    string
	Token  string // application token; empty = calls without any
	bearer string
}

// Holding returns a client that has an auth token already.
func Holding(url, bearer string) *Client { return &Client{URL: url, bearer: bearer} }

// Answer is what the API answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends a request. A body makes it JSON.
func (c *Client) Do(method, path, body string) (Answer, error) {
	if c.Token != "" && c.bearer == "" {
		if err := c.login(); err != nil {
			return Answer{}, err
		}
	}
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, c.URL+path, content)
	if err != nil {
		return Answer{}, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return Answer{resp.StatusCode, resp.Header, text}, err
}

func (c *Client) login() error {
	anybody := Client{URL: c.URL}
	body, err := json.Marshal(map[string]string{"application_token": c.Token})
	if err != nil {
		return err
	}
	a, err := anybody.Do("POST", "/api/v1/authenticate", string(body))
	if err != nil {
		return err
	}
	var got struct {
		AuthToken string `json:"auth_token"`
	}
	if err := json.Unmarshal(a.Body, &got); err != nil || got.AuthToken == "" {
		return fmt.Errorf("the application token was refused: %d %s", a.Status, bytes.TrimSpace(a.Body))
	}
	c.bearer = got.AuthToken
	return nil
}

// JSON sends a request that must succeed and reads its answer into out, when that is not nil.
func (c *Client) JSON(method, path, body string, out any) (Answer, error) {
	a, err := c.Do(method, path, body)
	if err != nil {
		return a, err
	}
	if a.Status/100 != 2 {
		return a, fmt.Errorf("%s %s: %d %s", method, path, a.Status, bytes.TrimSpace(a.Body))
	}
	if out == nil {
		return a, nil
	}
	return a, json.Unmarshal(a.Body, out)
}

// Stream makes a data stream with RestAPI to a URL, "usage" or "events", and returns its id.
func (c *Client) Stream(kind, url string) (id string, err error) {
	number := map[string]int{"usage": 1, "events": 2}[kind]
	body := fmt.Sprintf(`{"name": "test", "data_stream_type": {"id": %d}, "destination": {"connection_type": "RestAPI",
		"format": "Json", "credentials": {"url": %q}}}`, number, url)
	a, err := c.JSON("POST", "/api/v2/data_stream", body, nil)
	location := a.Header.Get("Location")
	return location[strings.LastIndexByte(location, '/')+1:], err
}
