// Package tag holds the coloured tags of an organisation and which of its endpoints have them. The text of tags that an
// endpoint has by itself is another thing and knows nothing of these.
package tag
