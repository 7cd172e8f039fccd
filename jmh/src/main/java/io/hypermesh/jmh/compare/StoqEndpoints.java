package io.hypermesh.jmh.compare;

import io.hypermesh.jmh.Certificates;
import io.hypermesh.stoq.ClientAuthentication;
import io.hypermesh.stoq.StoqCipherSuite;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqEndpointBuilder;
import io.hypermesh.stoq.StoqListener;
import io.hypermesh.stoq.StoqNamedGroup;
import io.hypermesh.stoq.StoqSettings;
import io.hypermesh.stoq.driver.DriverKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Duration;

/** STOQ's endpoints as the comparison has them: AES-128-GCM, X25519, certificates on both sides. */
final class StoqEndpoints {
  static final InetAddress LOOPBACK = InetAddress.ofLiteral("::1");

  /** Contestants wait for each other, for longer than a connection does by default. */
  static final Duration IDLE_MAX = Duration.ofHours(1);

  private StoqEndpoints() {}

  /** Settings that the comparison's endpoints start from: the defaults, but patient. */
  static StoqSettings.Builder settings(Parameters parameters) {
    return StoqSettings.builder()
        .idleTimeout(IDLE_MAX)
        .datagramBytes(parameters.number("datagram", 1_452));
  }

  static StoqEndpoint start(
      Parameters parameters, String role, StoqSettings settings, StoqListener listener)
      throws GeneralSecurityException, IOException {
    Certificates.Identity identity = Keys.load(parameters, role);
    StoqEndpointBuilder builder =
        StoqEndpoint.builder()
            .bindAddress(new InetSocketAddress(LOOPBACK, 0))
            .keyManager(identity.keyManager())
            .trustManager(identity.trustManager())
            .clientAuthentication(ClientAuthentication.REQUIRED)
            .cipherSuites(StoqCipherSuite.AES_128_GCM_SHA256)
            .namedGroups(StoqNamedGroup.X25519)
            .settings(settings)
            .listener(listener);
    String driver = parameters.text("driver", "");
    if (!driver.isEmpty()) {
      builder.driver(DriverKind.named(driver));
    }
    return builder.start();
  }

  static InetSocketAddress server(int port) {
    return new InetSocketAddress(LOOPBACK, port);
  }
}
