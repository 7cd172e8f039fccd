/**
 * When to renew: {@link io.hypermesh.trustchain.rotation.RenewalSchedule} computes the moment from
 * a certificate's validity alone, and {@link io.hypermesh.trustchain.rotation.RenewalState} is the
 * state machine of one renewal after the other.
 */
package io.hypermesh.trustchain.rotation;
