/**
 * What RFC 9000, RFC 9001 and their extensions want a connection closed for, each rule as a row of
 * a table: a peer with real keys commits the offence, and learns the error. Start at {@link
 * io.hypermesh.stoq.conformance.ConformanceTest}.
 */
package io.hypermesh.stoq.conformance;
