// Package dimse speaks with the application entities of a DICOM network: the upper layer
// over TCP and TLS (PS3.8, PS3.15 B), and the messages that it carries (PS3.7). Its core
// type is [Association]. As a user it verifies, queries, retrieves and stores (C-ECHO,
// C-FIND, C-MOVE, C-GET, C-STORE); as a provider, [Server], it answers C-ECHO and C-STORE.
//
// Nothing is transcoded: objects are taken and sent in the transfer syntax that they have,
// and flow through without being held. A peer is not trusted: what it sends is bounded by
// its kind before it is read, and every wait ends, see [Timeouts]. It imports the
// structure of files and the encoding of PDUs.
package dimse
