package io.hypermesh.trustchain;

import io.hypermesh.trustchain.rotation.RenewalSchedule;
import io.hypermesh.trustchain.rotation.RenewalState;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * Keeps a {@link LiveKeyManager}'s certificate fresh: tells its host when to renew, and puts the
 * new identity in place without touching a handshake or a connection.
 *
 * <p>It starts no thread and reads no clock. The host calls {@link #handleTime} at {@link
 * #nextDeadline} at the latest; where that answers true, the host renews as it likes (another
 * thread, the network) and reports with {@link #handleRenewed} or {@link #handleFailed}. No report
 * within 30 seconds counts as a failure. Renewal starts at a random point between half and two
 * thirds of a life; failures are retried after 1 second at first, doubling up to 5 minutes.
 *
 * <p>All methods are for one thread at a time.
 */
public final class CertificateRotator {
  private final LiveKeyManager keyManager;
  private final RenewalState state;

  /**
   * Starts with the identity that the key manager shows.
   *
   * @param keyManager where new identities go
   * @param random where jitter comes from
   */
  public CertificateRotator(LiveKeyManager keyManager, RandomGenerator random) {
    this(keyManager, RenewalSchedule.DEFAULT, random);
  }

  private CertificateRotator(
      LiveKeyManager keyManager, RenewalSchedule schedule, RandomGenerator random) {
    X509Certificate shown = keyManager.identity().certificate();
    this.keyManager = keyManager;
    this.state =
        new RenewalState(
            schedule, random, shown.getNotBefore().toInstant(), shown.getNotAfter().toInstant());
  }

  /**
   * A rotator with another schedule.
   *
   * @param keyManager where new identities go
   * @param windowStart the part of a life after which renewal may start, 0 to 1
   * @param windowEnd the part of a life by which it starts, from {@code windowStart} to 1
   * @param retryMin the first wait after a failure
   * @param retryMax the longest wait after a failure
   * @param attemptTimeout how long a renewal may take before it counts as failed
   * @param random where jitter comes from
   * @return the rotator
   */
  public static CertificateRotator scheduled(
      LiveKeyManager keyManager,
      double windowStart,
      double windowEnd,
      Duration retryMin,
      Duration retryMax,
      Duration attemptTimeout,
      RandomGenerator random) {
    return new CertificateRotator(
        keyManager,
        new RenewalSchedule(windowStart, windowEnd, retryMin, retryMax, attemptTimeout),
        random);
  }

  /**
   * Lets time pass.
   *
   * @param now the time, not before that of the last call
   * @return whether the host has to start a renewal now
   */
  public boolean handleTime(Instant now) {
    return state.handleTime(now);
  }

  /**
   * A renewal brought a new identity. It is shown from now on, unless it is not valid now or ends
   * no later than the one that is shown: then the renewal counts as failed.
   *
   * @param identity the new identity
   * @param now the time
   * @return whether it is shown
   */
  public boolean handleRenewed(TrustChainIdentity identity, Instant now) {
    X509Certificate renewed = identity.certificate();
    Instant notBefore = renewed.getNotBefore().toInstant();
    Instant notAfter = renewed.getNotAfter().toInstant();
    X509Certificate shown = keyManager.identity().certificate();
    if (now.isBefore(notBefore)
        || now.isAfter(notAfter)
        || !notAfter.isAfter(shown.getNotAfter().toInstant())) {
      state.handleFailed(now);
      return false;
    }
    keyManager.replace(identity);
    state.handleRenewed(notBefore, notAfter);
    return true;
  }

  /**
   * The renewal under way failed.
   *
   * @param now the time
   */
  public void handleFailed(Instant now) {
    state.handleFailed(now);
  }

  /**
   * When {@link #handleTime} has to be called next.
   *
   * @return the moment
   */
  public Instant nextDeadline() {
    return state.nextDeadline();
  }

  /**
   * Whether a renewal is under way.
   *
   * @return true between an answer of true by {@link #handleTime} and the report
   */
  public boolean isRenewing() {
    return state.phase() == RenewalState.Phase.RENEWING;
  }

  /**
   * How many renewals failed since the last that succeeded, for alerts.
   *
   * @return the number
   */
  public int failures() {
    return state.failures();
  }
}
