//! Requests signed by OpenSSL, with either hash.

use super::*;

/// By OpenSSL, of a key whose private half was thrown away: the canned policy of `ORIGINAL` until 1800000000.
#[test]
fn openssl_has_signed_with_either_hash() {
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyddC+Zytfg8lOI0+TkGS\n\
        NkTWrO7aN5RbrHo1yW5TM7xI04FTkaAnAeYcbIHtgiHU4LpY75uxosIfqB8lNLIo\n\
        agJiy3NMeZ4wpbENZ5csWRdGgSpwU7G9FdRleOz0ohafxhD7OdNyXRQk+V3J1zfh\n\
        ybRA2Rj6SwWQbNYbwC1iAyMVKuwIi4A9zVXjBaoEbSZjMQON58NzqeYgC9YIm4TR\n\
        WdvPlEg0xZYJgAZcMcHLAwF4zFja1dh5oHD0EPYSMFrH5CO69z4SZArqk9Q0iONa\n\
        dQSKZjD7whcXHiBTuep4H7SwVMvIDD6WSrfr2rFTDE+6mY4aAmDIEeQy6o8SFJj8\n\
        lwIDAQAB\n\
        -----END PUBLIC KEY-----";
    const SHA1: &str = "hF8dsGR6k61n6mDhpaiJwHGIl2oUz86N0VEg7y4F3W8BQO886CODHrQwsZ2rGQEOQ9agYaCcc~V011DE~GjdTVS8hLlrgGsBB4Jf40XgveZPkB4~JcQ8BYQugrW5aFdsnzsTrqj3przwEcw4oJqy0MM7lQ-4PtxOF4PsuyCbfJsE2MO0X0DHjRF9N2Wwdjg9JDe4uotTQeuFaMEQGpvvkJwrzFnRBl9Y2EeMkAovU5pi4NnRZhhiKTwm7it8xtAKmZjFATjNq0uA8ONoaIoQ9mqAY6fcdM21v5-Q98fpqXUJ~znFk4B5Kqn2SGEtnRfhxBRNex-95cVD2QwibFts7A__";
    const SHA256: &str = "V3jnJGZCJ2gH-bap1UldiVpQISQzZbgL9FMDNhl2cvCuTKZWzAMJLbym4FQuZqxoZEgd1jVQz4srIOVY~O0jJO-PFMVy~qrJqYH5Gboia4b24bvNxq-KRAJS7R~BbvM8JAtK6WjU3U62hsughfoCb64cxPD9Ro~J-2eKNOkbGAU9S1ZroLKbhjNZrCu0953bMsb3Glks~LW-Krky9js2jJ6xS80JnZL5MEPfuIDBlNIqjW2AQbMnsNU5dtms7krpHRPJd1v5AZvEqodP2G7-~L45qA7p5G55zd~JEtI8vmfYSgwGuKRo5r5U-FHioP-3txLjOcqwagnlgLfnFM1~4Q__";
    let key = PublicKey::from_pem(PUBLIC).unwrap();
    let trusted = TrustedKeys::from([("K".to_owned(), key)]);
    for (signature, hash, admitted) in [
        (SHA1, "", true),
        (SHA1, "&Hash-Algorithm=SHA1", true),
        (SHA1, "&Hash-Algorithm=SHA256", false),
        (SHA256, "&Hash-Algorithm=SHA256", true),
        (SHA256, "", false),
    ] {
        let query = format!("Expires=1800000000&Signature={signature}&Key-Pair-Id=K{hash}");
        let request = Request {
            query: Some(query),
            ..Request::plain()
        };
        let expected = if admitted {
            Ok(None)
        } else {
            Err(Refusal::Denied)
        };
        assert_eq!(request.judged(&trusted), expected, "{hash}");
    }
}
