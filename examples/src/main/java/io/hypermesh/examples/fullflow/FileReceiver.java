package io.hypermesh.examples.fullflow;

import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqListener;
import io.hypermesh.stoq.StoqStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a file on each stream and answers with the SHA-256 of what it got. */
final class FileReceiver implements StoqListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FileReceiver.class);

  private final StoqEndpoint endpoint;

  FileReceiver(
      InetSocketAddress bindAddress,
      X509ExtendedKeyManager keyManager,
      X509ExtendedTrustManager trustManager)
      throws IOException {
    endpoint =
        StoqEndpoint.builder()
            .bindAddress(bindAddress)
            .keyManager(keyManager)
            .trustManager(trustManager)
            .listener(this)
            .start();
  }

  InetSocketAddress localAddress() {
    return endpoint.localAddress();
  }

  @Override
  public void onStream(StoqStream stream) {
    Thread.startVirtualThread(() -> receive(stream));
  }

  private static void receive(StoqStream stream) {
    try (OutputStream answer = stream.outputStream()) {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      try (InputStream file = new DigestInputStream(stream.inputStream(), sha256)) {
        file.transferTo(OutputStream.nullOutputStream());
      }
      answer.write(sha256.digest());
    } catch (IOException e) {
      LOG.debug("A file did not arrive: {}", e.getMessage());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("couldn't hash because this JDK lacks SHA-256", e);
    }
  }

  @Override
  public void close() {
    endpoint.close();
  }
}
