// Package qos turns a maximum bitrate into the attributes that a gateway limits a session by. Gateways differ in them, so
// they are templates: data that a configuration names or writes down. One attribute of a packet comes from one template.
package qos
