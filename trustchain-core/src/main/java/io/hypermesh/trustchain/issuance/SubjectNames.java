package io.hypermesh.trustchain.issuance;

import io.hypermesh.trustchain.SubjectName;
import io.hypermesh.trustchain.asn1.MalformedException;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;

/** Names between this module's types and X.509's. */
final class SubjectNames {
  private SubjectNames() {}

  static GeneralNames encode(List<SubjectName> names) {
    GeneralName[] general = new GeneralName[names.size()];
    for (int i = 0; i < general.length; i++) {
      general[i] =
          switch (names.get(i)) {
            case SubjectName.Dns dns ->
                new GeneralName(GeneralName.dNSName, new DERIA5String(dns.value()));
            case SubjectName.Ip ip ->
                new GeneralName(
                    GeneralName.iPAddress, new DEROctetString(ip.address().getAddress()));
            case SubjectName.Uri uri ->
                new GeneralName(
                    GeneralName.uniformResourceIdentifier, new DERIA5String(uri.value()));
          };
    }
    return new GeneralNames(general);
  }

  static List<SubjectName> decode(GeneralNames names) throws MalformedException {
    List<SubjectName> decoded = new ArrayList<>();
    for (GeneralName name : names.getNames()) {
      try {
        decoded.add(
            switch (name.getTagNo()) {
              case GeneralName.dNSName ->
                  new SubjectName.Dns(ASN1IA5String.getInstance(name.getName()).getString());
              case GeneralName.iPAddress ->
                  SubjectName.ip(ASN1OctetString.getInstance(name.getName()).getOctets());
              case GeneralName.uniformResourceIdentifier ->
                  SubjectName.uri(ASN1IA5String.getInstance(name.getName()).getString());
              default ->
                  throw new MalformedException(
                      "names of this kind are not issued: tag " + name.getTagNo());
            });
      } catch (IllegalArgumentException e) {
        throw new MalformedException(String.valueOf(e.getMessage()), e);
      }
    }
    return decoded;
  }
}
