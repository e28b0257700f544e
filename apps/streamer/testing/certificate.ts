/**
 * A self-signed certificate for `localhost`, valid until 2126, and its key. For tests only: whoever
 * has this repository has the key.
 */
export const CERTIFICATE = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBlDCCATugAwIBAgIUCZ8XX7Av2Xk2u2lpP4MYPMLt5w4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDA5NDgzMFoYDzIxMjYxMDMx
MDk0ODMwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARRud+Coa94w4k8KPAtxvcF+DGuhSxihuCdm1ckzkvezIgyyPeRrAbr
ScKvclNo6VvkFs8tGIy/BmroeliXELnEo2kwZzAdBgNVHQ4EFgQU64g2/HtO03yj
xBSwiIySK28BZjMwHwYDVR0jBBgwFoAU64g2/HtO03yjxBSwiIySK28BZjMwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
RwAwRAIgKvSQruBi/O+s9mDFAULrThdnBmEazG0yS5HvDtOTuUYCIEbMJtDVfZVO
6UDwrupL8uZ5zzp8TBO5MHCLyFaPfUT7
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7uqLM/MqGXbk02iH
v2j6GaimVijhm3xuN7neZqv0hr2hRANCAARRud+Coa94w4k8KPAtxvcF+DGuhSxi
huCdm1ckzkvezIgyyPeRrAbrScKvclNo6VvkFs8tGIy/BmroeliXELnE
-----END PRIVATE KEY-----`,
};
