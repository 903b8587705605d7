// Package sms holds the SMS to and from endpoints: what was sent, what became of it, and what still waits.
//
// An SMS is charged when it is delivered, not when it is sent. Until a message centre takes it, it is buffered; when it
// expires nothing has to run: whoever reads it then sees that it has.
package sms
