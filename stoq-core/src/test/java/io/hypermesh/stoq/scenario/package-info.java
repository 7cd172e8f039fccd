/**
 * Whole endpoints on a simulated network: the scenarios of the public interoperability runner, and
 * schedules of everything that can happen, drawn from a seed.
 */
package io.hypermesh.stoq.scenario;
