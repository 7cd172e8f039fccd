package io.hypermesh.trustchain.store;

import io.hypermesh.trustchain.KeyStorage;
import io.hypermesh.trustchain.StoreException;
import io.hypermesh.trustchain.asn1.MalformedException;
import io.hypermesh.trustchain.asn1.Pem;
import io.hypermesh.trustchain.signature.KeyPairs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keys in PKCS#8 files, one a key, for their owner only. */
public final class Pkcs8KeyStorage implements KeyStorage {
  /** The label of RFC 7468 for an unencrypted PKCS#8 key. */
  public static final String LABEL = "PRIVATE KEY";

  private static final int KEY_FILE_BYTES_MAX = 1 << 16;

  private final Path directory;

  /**
   * Takes the directory; nothing is touched yet.
   *
   * @param directory where the files are
   */
  public Pkcs8KeyStorage(Path directory) {
    this.directory = directory;
  }

  @Override
  public @Nullable KeyPair load(String name) throws StoreException {
    Path file = file(name);
    if (!Files.exists(file)) {
      return null;
    }
    PrivateKey key = readKey(file);
    try {
      return new KeyPair(KeyPairs.publicKeyOf(key), key);
    } catch (GeneralSecurityException e) {
      throw StoreException.io("use the key in", file, e);
    }
  }

  @Override
  public void store(String name, KeyPair pair) throws StoreException {
    writeKey(file(name), pair.getPrivate());
  }

  private Path file(String name) {
    if (!name.matches("[a-z0-9-]{1,64}")) {
      throw new IllegalArgumentException("a key's name has letters, digits and hyphens: " + name);
    }
    return directory.resolve(name + ".key.pem");
  }

  /**
   * Reads one private key.
   *
   * @param file a PEM file with one unencrypted PKCS#8 key
   * @return the key
   * @throws StoreException where it can't be read, is malformed, or others can read it
   */
  public static PrivateKey readKey(Path file) throws StoreException {
    byte[] content = DurableFiles.read(file, KEY_FILE_BYTES_MAX);
    if (DurableFiles.isOpenToOthers(file)) {
      throw StoreException.stopped(
          file, "others than its owner can read or write it: chmod 600 it if it is still secret");
    }
    try {
      List<byte[]> keys = Pem.decode(LABEL, new String(content, StandardCharsets.US_ASCII));
      PrivateKey key = KeyPairs.privateKey(keys.getFirst());
      keys.forEach(der -> Arrays.fill(der, (byte) 0));
      return key;
    } catch (MalformedException | GeneralSecurityException e) {
      throw StoreException.damaged(file, 0, "it is not a PKCS#8 key in PEM");
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  /**
   * Writes one private key, for its owner only.
   *
   * @param file the file
   * @param key a key that can be encoded
   * @throws StoreException where it can't be written
   */
  public static void writeKey(Path file, PrivateKey key) throws StoreException {
    byte[] pkcs8 = key.getEncoded();
    if (pkcs8 == null) {
      throw StoreException.stopped(file, "the key does not leave its token");
    }
    byte[] pem = Pem.encode(LABEL, pkcs8).getBytes(StandardCharsets.US_ASCII);
    try {
      DurableFiles.replaceSecret(file, pem);
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
      Arrays.fill(pem, (byte) 0);
    }
  }
}
