/**
 * Judging a chain: {@link io.hypermesh.trustchain.validation.PathBuilder} searches a path to a
 * trusted root within bounds, {@link io.hypermesh.trustchain.validation.PathRules} applies RFC 5280
 * to it, {@link io.hypermesh.trustchain.validation.NameMatcher} compares names by RFC 9525.
 *
 * <p>{@link io.hypermesh.trustchain.validation.ParsedCertificate} is one strict reading of a
 * certificate, on which all of them work.
 */
package io.hypermesh.trustchain.validation;
