/**
 * GS1's Application Identifiers: `AIs [flags] components [dlpkey]`, one line each, in the notation of GS1's own Barcode
 * Syntax Dictionary, from which the lines are taken (copyright 2021-2025 GS1 AISBL and the BWIPP and Zint projects,
 * Apache-2.0, https://github.com/gs1/gs1-syntax-dictionary), without titles and without which identifiers go together:
 * a till asks whether a code is well formed, not whether a label is complete.
 *
 *   flags       `*` predefined length, no separator after it; `?` may be a data attribute of a Digital Link
 *   components  type (N digits, X characters of set 82, Y of set 39, Z base64url), length (`..` at most), `[optional]`,
 *               checks of `checks.ts` after commas
 *   dlpkey      a Digital Link may begin with it; its qualifiers in their order, alternatives parted by `|`
 */
export const AI_TABLE = `
00 *? N18,csum,gcppos2 dlpkey
01 *? N14,csum,gcppos2 dlpkey=22,10,21|235
02 *? N14,csum,gcppos2
03 * N14,csum,gcppos2
10 ? X..20
11 *? N6,yymmd0
12 *? N6,yymmd0
13 *? N6,yymmd0
15 *? N6,yymmd0
16 *? N6,yymmd0
17 *? N6,yymmd0
20 *? N2
21 X..20
22 X..20
235 X..28
240 ? X..30
241 ? X..30
242 ? N..6
243 ? X..20
250 ? X..30
251 ? X..30
253 ? N13,csum,gcppos1 [X..17] dlpkey
254 X..20
255 ? N13,csum,gcppos1 [N..12] dlpkey
30 ? N..8
3100-3105 *? N6
3110-3115 *? N6
3120-3125 *? N6
3130-3135 *? N6
3140-3145 *? N6
3150-3155 *? N6
3160-3165 *? N6
3200-3205 *? N6
3210-3215 *? N6
3220-3225 *? N6
3230-3235 *? N6
3240-3245 *? N6
3250-3255 *? N6
3260-3265 *? N6
3270-3275 *? N6
3280-3285 *? N6
3290-3295 *? N6
3300-3305 *? N6
3310-3315 *? N6
3320-3325 *? N6
3330-3335 *? N6
3340-3345 *? N6
3350-3355 *? N6
3360-3365 *? N6
3370-3375 *? N6
3400-3405 *? N6
3410-3415 *? N6
3420-3425 *? N6
3430-3435 *? N6
3440-3445 *? N6
3450-3455 *? N6
3460-3465 *? N6
3470-3475 *? N6
3480-3485 *? N6
3490-3495 *? N6
3500-3505 *? N6
3510-3515 *? N6
3520-3525 *? N6
3530-3535 *? N6
3540-3545 *? N6
3550-3555 *? N6
3560-3565 *? N6
3570-3575 *? N6
3600-3605 *? N6
3610-3615 *? N6
3620-3625 *? N6
3630-3635 *? N6
3640-3645 *? N6
3650-3655 *? N6
3660-3665 *? N6
3670-3675 *? N6
3680-3685 *? N6
3690-3695 *? N6
37 ? N..8
3900-3909 ? N..15
3910-3919 ? N3,iso4217 N..15
3920-3929 ? N..15
3930-3939 ? N3,iso4217 N..15
3940-3943 ? N4
3950-3955 ? N6
400 ? X..30
401 ? X..30,gcppos1 dlpkey
402 ? N17,csum,gcppos1 dlpkey
403 ? X..30
410 *? N13,csum,gcppos1
411 *? N13,csum,gcppos1
412 *? N13,csum,gcppos1
413 *? N13,csum,gcppos1
414 *? N13,csum,gcppos1 dlpkey=254|7040
415 *? N13,csum,gcppos1 dlpkey=8020
416 *? N13,csum,gcppos1
417 *? N13,csum,gcppos1 dlpkey=7040
420 ? X..20
421 ? N3,iso3166 X..9
422 ? N3,iso3166
423 ? N3,iso3166 [N3],iso3166 [N3],iso3166 [N3],iso3166 [N3],iso3166
424 ? N3,iso3166
425 ? N3,iso3166 [N3],iso3166 [N3],iso3166 [N3],iso3166 [N3],iso3166
426 ? N3,iso3166
427 ? X..3
4300 ? X..35,pcenc
4301 ? X..35,pcenc
4302 ? X..70,pcenc
4303 ? X..70,pcenc
4304 ? X..70,pcenc
4305 ? X..70,pcenc
4306 ? X..70,pcenc
4307 ? X2,iso3166alpha2
4308 ? X..30
4309 ? N10,latitude N10,longitude
4310 ? X..35,pcenc
4311 ? X..35,pcenc
4312 ? X..70,pcenc
4313 ? X..70,pcenc
4314 ? X..70,pcenc
4315 ? X..70,pcenc
4316 ? X..70,pcenc
4317 ? X2,iso3166alpha2
4318 ? X..20
4319 ? X..30
4320 ? X..35,pcenc
4321 ? N1,yesno
4322 ? N1,yesno
4323 ? N1,yesno
4324 ? N6,yymmd0 N4,hhmi
4325 ? N6,yymmd0 N4,hhmi
4326 ? N6,yymmdd
4330 ? N6 [X1],hyphen
4331 ? N6 [X1],hyphen
4332 ? N6 [X1],hyphen
4333 ? N6 [X1],hyphen
7001 ? N13
7002 ? X..30
7003 ? N6,yymmdd N4,hhmi
7004 ? N..4
7005 ? X..12
7006 ? N6,yymmdd
7007 ? N6,yymmdd [N6],yymmdd
7008 ? X..3
7009 ? X..10
7010 ? X..2
7011 ? N6,yymmdd [N4],hhmi
7020 ? X..20
7021 ? X..20
7022 ? X..20
7023 ? X..30,gcppos1
7030 ? N3,iso3166999 X..27
7031 ? N3,iso3166999 X..27
7032 ? N3,iso3166999 X..27
7033 ? N3,iso3166999 X..27
7034 ? N3,iso3166999 X..27
7035 ? N3,iso3166999 X..27
7036 ? N3,iso3166999 X..27
7037 ? N3,iso3166999 X..27
7038 ? N3,iso3166999 X..27
7039 ? N3,iso3166999 X..27
7040 N1 X1 X1 X1,importeridx
7041 X..4,packagetype
710 ? X..20
711 ? X..20
712 ? X..20
713 ? X..20
714 ? X..20
715 ? X..20
716 ? X..20
717 ? X..20
7230 ? X2 X..28
7231 ? X2 X..28
7232 ? X2 X..28
7233 ? X2 X..28
7234 ? X2 X..28
7235 ? X2 X..28
7236 ? X2 X..28
7237 ? X2 X..28
7238 ? X2 X..28
7239 ? X2 X..28
7240 ? X..20
7241 ? N2,mediatype
7242 ? X..25
7250 ? N8,yyyymmdd
7251 ? N8,yyyymmdd N4,hhmi
7252 ? N1,iso5218
7253 ? X..40,pcenc
7254 ? X..40,pcenc
7255 ? X..10
7256 ? X..90,pcenc
7257 ? X..70,pcenc
7258 ? X3,posinseqslash
7259 ? X..40,pcenc
8001 ? N4,nonzero N5,nonzero N3,nonzero N1,winding N1
8002 ? X..20
8003 ? N1,zero N13,csum,gcppos1 [X..16] dlpkey
8004 ? X..30,gcppos1 dlpkey=7040
8005 ? N6
8006 ? N14,csum,gcppos2 N4,pieceoftotal dlpkey=22,10,21
8007 ? X..34,iban
8008 ? N6,yymmdd N2,hh [N2],mi [N2],ss
8009 ? X..50
8010 ? Y..30,gcppos1 dlpkey=8011
8011 N..12,nozeroprefix
8012 ? X..20
8013 ? X..25,csumalpha,gcppos1 dlpkey
8014 X..25,csumalpha,gcppos1,hasnondigit
8017 ? N18,csum,gcppos1 dlpkey=8019
8018 ? N18,csum,gcppos1 dlpkey=8019
8019 N..10
8020 X..25
8026 ? N14,csum,gcppos2 N4,pieceoftotal
8030 ? Z..90
8040 N15
8041 N15
8042 N32
8043 N18 [N..2]
8110 ? X..70,couponcode
8111 ? N4
8112 ? X..70,couponposoffer
8200 X..70
90 ? X..30
91-99 ? X..90
`
