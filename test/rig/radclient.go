package rig

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

const radclient = "/usr/bin/radclient"

// ErrSilent says that a RADIUS packet was not answered.
var ErrSilent = errors.New("no answer")

// Radclient sends one packet with FreeRADIUS's radclient, somebody else's reading of the same standards, and returns
// what it shows of the answer. command is auth, acct or status; attributes are lines as radclient reads them. It sends the
// packet up to three times within six seconds, or twice within one when no answer is expected. Each
// call sends a packet of its own, from a port of its own, so that no call is mistaken for a retransmission.
func Radclient(server, command, secret, attributes string, expected bool) (answer string, err error) {
	if _, err := exec.LookPath(radclient); err != nil {
		return "", errors.New("radclient is missing: install Debian's package freeradius-utils")
	}
	tries, wait := "3", "2"
	if !expected {
		tries, wait = "2", "0.5"
	}
	cmd := exec.Command(radclient, "-x", "-r", tries, "-t", wait, server, command, secret)
	cmd.Stdin = strings.NewReader(attributes)
	out, err := cmd.CombinedOutput()
	_, answer, answered := strings.Cut(string(out), "\nReceived ")
	if answered {
		return "Received " + answer, nil
	}
	if strings.Contains(string(out), "No reply from server") || strings.Contains(string(out), "(no response)") {
		return "", ErrSilent
	}
	return "", fmt.Errorf("radclient: %w\n%s", err, out)
}
