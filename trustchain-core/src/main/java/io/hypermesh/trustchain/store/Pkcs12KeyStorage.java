package io.hypermesh.trustchain.store;

import io.hypermesh.trustchain.KeyStorage;
import io.hypermesh.trustchain.StoreException;
import io.hypermesh.trustchain.signature.SigningKey;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.locks.ReentrantLock;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keys in one PKCS#12 file. The format pairs each key with a certificate, so each new key gets a
 * self-signed one that says nothing but its public half.
 */
public final class Pkcs12KeyStorage implements KeyStorage {
  private static final int FILE_BYTES_MAX = 1 << 22;

  private final Path file;
  private final char[] password;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * Takes the file's name and the password; nothing is touched yet.
   *
   * @param file the file
   * @param password the password, copied
   */
  public Pkcs12KeyStorage(Path file, char[] password) {
    this.file = file;
    this.password = password.clone();
  }

  @Override
  public @Nullable KeyPair load(String name) throws StoreException {
    lock.lock();
    try {
      KeyStore store = open();
      Certificate certificate = store.getCertificate(name);
      if (!(store.getKey(name, password) instanceof PrivateKey key) || certificate == null) {
        return null;
      }
      return new KeyPair(certificate.getPublicKey(), key);
    } catch (GeneralSecurityException | IOException e) {
      throw StoreException.io("read keys from", file, e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void store(String name, KeyPair pair) throws StoreException {
    lock.lock();
    try {
      KeyStore store = open();
      store.setKeyEntry(name, pair.getPrivate(), password, new Certificate[] {holder(name, pair)});
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      store.store(content, password);
      DurableFiles.replaceSecret(file, content.toByteArray());
    } catch (GeneralSecurityException | IOException e) {
      throw StoreException.io("keep keys in", file, e);
    } finally {
      lock.unlock();
    }
  }

  private KeyStore open() throws GeneralSecurityException, IOException, StoreException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    if (!Files.exists(file)) {
      store.load(null, password);
      return store;
    }
    if (DurableFiles.isOpenToOthers(file)) {
      throw StoreException.stopped(file, "others than its owner can read or write it");
    }
    store.load(new ByteArrayInputStream(DurableFiles.read(file, FILE_BYTES_MAX)), password);
    return store;
  }

  private static Certificate holder(String name, KeyPair pair)
      throws GeneralSecurityException, IOException {
    SigningKey key = SigningKey.of(pair);
    V3TBSCertificateGenerator generator = new V3TBSCertificateGenerator();
    generator.setSerialNumber(new ASN1Integer(BigInteger.ONE));
    generator.setSignature(key.signatureAlgorithm());
    generator.setIssuer(new X500Name("CN=" + name));
    generator.setSubject(new X500Name("CN=" + name));
    generator.setStartDate(new Time(Date.from(Instant.EPOCH)));
    generator.setEndDate(new Time(Date.from(Instant.parse("2049-12-31T23:59:59Z"))));
    generator.setSubjectPublicKeyInfo(key.subjectPublicKeyInfo());
    TBSCertificate tbs = generator.generateTBSCertificate();
    ASN1EncodableVector fields = new ASN1EncodableVector();
    fields.add(tbs);
    fields.add(key.signatureAlgorithm());
    fields.add(new DERBitString(key.sign(tbs.getEncoded())));
    return CertificateFactory.getInstance("X.509")
        .generateCertificate(new ByteArrayInputStream(new DERSequence(fields).getEncoded()));
  }
}
