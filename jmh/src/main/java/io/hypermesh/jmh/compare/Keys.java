package io.hypermesh.jmh.compare;

import io.hypermesh.jmh.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;

/** The two identities that every contestant uses, as files in the run's directory. */
final class Keys {
  private Keys() {}

  /** Makes them, and writes them. */
  static void make(Path directory) throws GeneralSecurityException, IOException {
    Certificates certificates = new Certificates();
    certificates.issue().save(file(directory, "server"));
    certificates.issue().save(file(directory, "client"));
    Files.writeString(hosts(directory), "::1 " + Certificates.NAME + "\n");
  }

  /** A file for {@code jdk.net.hosts.file}: the certificates' name is {@code ::1}, and no other. */
  static Path hosts(Path directory) {
    return directory.resolve("hosts");
  }

  /**
   * Reads one.
   *
   * @param role {@code server} or {@code client}
   */
  static Certificates.Identity load(Parameters parameters, String role)
      throws GeneralSecurityException, IOException {
    return Certificates.Identity.load(file(Path.of(parameters.text("directory")), role));
  }

  private static Path file(Path directory, String role) {
    return directory.resolve(role + ".p12");
  }
}
