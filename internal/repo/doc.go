// Package repo holds the rules of the repository as tests: which package may import which, how large a file may be,
// what the documents must name. It has no code of its own.
package repo
