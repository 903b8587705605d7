// Package console is the API on the command line: the commands that the operation table gives, the profiles that say which
// server is asked with which token, and the requests themselves. It knows no command line library.
package console
