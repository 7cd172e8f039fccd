package io.hypermesh.examples;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A key, its certificates and the certificates that are trusted, from PEM files, as the managers
 * that {@code javax.net.ssl} and STOQ take.
 */
record PemIdentity(X509ExtendedKeyManager keyManager, X509ExtendedTrustManager trustManager) {
  private static final char[] NO_PASSWORD = new char[0];

  /**
   * Reads three PEM files.
   *
   * @param certificates the chain, the own certificate first
   * @param key the private key in PKCS#8
   * @param authorities the certificates to trust
   */
  static PemIdentity read(Path certificates, Path key, Path authorities)
      throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    Certificate[] chain = readCertificates(certificates).toArray(Certificate[]::new);
    keys.setKeyEntry("own", readKey(key), NO_PASSWORD, chain);
    // Not "PKIX": that one decrypts the key anew in every handshake, which takes milliseconds.
    KeyManagerFactory keyManagers = KeyManagerFactory.getInstance("SunX509");
    keyManagers.init(keys, NO_PASSWORD);

    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    int number = 0;
    for (Certificate authority : readCertificates(authorities)) {
      trusted.setCertificateEntry("authority-" + number++, authority);
    }
    TrustManagerFactory trustManagers = TrustManagerFactory.getInstance("PKIX");
    trustManagers.init(trusted);
    return new PemIdentity(
        only(X509ExtendedKeyManager.class, keyManagers.getKeyManagers()),
        only(X509ExtendedTrustManager.class, trustManagers.getTrustManagers()));
  }

  /** The identity that {@link #makeThrowaway} put into a folder; it trusts only itself. */
  static PemIdentity readThrowaway(Path folder) throws IOException, GeneralSecurityException {
    Path certificate = folder.resolve("cert.pem");
    if (!Files.exists(certificate)) {
      throw new NoSuchFileException(
          "couldn't read "
              + certificate
              + ": start an EchoServer, which makes one, or give --cert");
    }
    return read(certificate, folder.resolve("key.pem"), certificate);
  }

  /**
   * Has the JDK's {@code keytool} make an identity for {@code [::1]}, where the folder has none.
   */
  static void makeThrowaway(Path folder)
      throws IOException, GeneralSecurityException, InterruptedException {
    Path certificate = folder.resolve("cert.pem");
    if (Files.exists(certificate)) {
      return;
    }
    Path store;
    try {
      Files.createDirectories(folder);
      store = Files.createTempDirectory(folder, "keytool").resolve("throwaway.p12");
    } catch (FileSystemException e) {
      throw new IOException("couldn't make an identity in " + folder + " because of " + e, e);
    }
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    String options =
        "-genkeypair -alias own -keyalg Ed25519 -dname CN=throwaway -validity 7"
            + " -ext san=dns:localhost,ip:::1 -storetype PKCS12 -storepass throwaway -keystore";
    List<String> command = new ArrayList<>(List.of(keytool));
    command.addAll(List.of(options.split(" ")));
    command.add(store.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("couldn't make a throwaway identity: keytool says " + output);
    }
    char[] password = "throwaway".toCharArray();
    KeyStore made = KeyStore.getInstance(store.toFile(), password);
    Path key = folder.resolve("key.pem");
    Files.deleteIfExists(key);
    // Nobody but its owner may read a private key, not even for a moment.
    Files.createFile(
        key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    writePem(key, "PRIVATE KEY", made.getKey("own", password).getEncoded());
    writePem(certificate, "CERTIFICATE", made.getCertificate("own").getEncoded());
    Files.delete(store);
    Files.delete(store.getParent());
  }

  private static Collection<? extends Certificate> readCertificates(Path file)
      throws IOException, GeneralSecurityException {
    Collection<? extends Certificate> certificates =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(bytes(file)));
    if (certificates.isEmpty()) {
      throw new GeneralSecurityException("couldn't read " + file + ": no certificate is in it");
    }
    return certificates;
  }

  private static byte[] bytes(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new IOException("couldn't read " + file + ": there is no such file", e);
    } catch (AccessDeniedException e) {
      throw new IOException("couldn't read " + file + ": permission denied", e);
    } catch (IOException e) {
      throw new IOException("couldn't read " + file + ": " + e.getMessage(), e);
    }
  }

  private static PrivateKey readKey(Path file) throws IOException, GeneralSecurityException {
    String pem = new String(bytes(file), StandardCharsets.US_ASCII);
    PKCS8EncodedKeySpec encoded;
    try {
      String base64 = pem.replaceAll("-----[A-Z ]+-----|\\s", "");
      encoded = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("couldn't read " + file + ": it is no PEM file", e);
    }
    for (String algorithm : List.of("EC", "EdDSA", "RSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
      } catch (InvalidKeySpecException e) {
        // Another algorithm's key: the next may fit.
      }
    }
    throw new GeneralSecurityException("couldn't read " + file + ": no EC, EdDSA or RSA key");
  }

  private static void writePem(Path file, String type, byte[] encoded) throws IOException {
    String base64 =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(encoded);
    Files.writeString(
        file, "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n");
  }

  private static <T> T only(Class<T> type, Object[] managers) {
    return Arrays.stream(managers)
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst()
        .orElseThrow();
  }
}
