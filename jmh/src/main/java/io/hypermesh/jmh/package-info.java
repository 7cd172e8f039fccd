/**
 * Benchmarks: what this SDK does beside its floor and its peers, in one run. How to run them is in
 * {@code jmh/README.md}.
 */
package io.hypermesh.jmh;
