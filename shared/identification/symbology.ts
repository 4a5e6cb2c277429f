/** What an AIM identifier says of the symbol that was read: ISO/IEC 15424 with the makers' usual additions. */
export interface Symbology {
  readonly name: string
  /**
   * `gs1`: element strings, separated by GS. `ean13`, `ean8`: a number with its check digit, `addon`: followed by two or
   * five more digits. `link`: plain text that may be a GS1 Digital Link. `plain`: text.
   */
  readonly holds: 'gs1' | 'ean13' | 'ean8' | 'addon' | 'link' | 'plain'
}

const of = (name: string, holds: Symbology['holds'] = 'plain'): Symbology => ({ name, holds })

const BY_IDENTIFIER: Readonly<Record<string, Symbology>> = {
  C0: of('Code128'),
  C1: of('GS1_128_CCA', 'gs1'),
  C2: of('Code128'),
  C4: of('ISBT128'),
  E0: of('EAN13', 'ean13'),
  E1: of('EANAddOn2'),
  E2: of('EANAddOn5'),
  E3: of('EAN13AddOn', 'addon'),
  E4: of('EAN8', 'ean8'),
  d1: of('DM', 'link'),
  d2: of('DM', 'gs1'),
  d3: of('DM'),
  d5: of('DM', 'gs1'),
  d6: of('DM'),
  e0: of('DataBarExpanded', 'gs1'),
  J0: of('DotCode', 'link'),
  J1: of('DotCode', 'gs1'),
  Q0: of('QR', 'link'),
  Q1: of('QR', 'link'),
  Q2: of('QR', 'link'),
  Q3: of('QR', 'gs1'),
  Q4: of('QR', 'gs1'),
  Q5: of('QR'),
  Q6: of('QR'),
  z1: of('Aztec', 'gs1'),
  z4: of('Aztec', 'gs1'),
  z7: of('Aztec', 'gs1'),
  zA: of('Aztec', 'gs1'),
  // The maker's own letters: the length of the number says what it is, see `byLength`.
  X0: of('ISBN', 'plain'),
  X9: of('EAN13', 'ean13'),
  XC: of('EAN8', 'ean8'),
  Xg: of('UPCA'),
  Xk: of('UPCE'),
  Xr: of('DataBarOmni', 'gs1'),
  Xs: of('DataBarLimited', 'gs1'),
  Xt: of('DataBarExpanded', 'gs1'),
}

const BY_LETTER: Readonly<Record<string, Symbology>> = {
  A: of('Code39'),
  B: of('Telepen'),
  D: of('CodeOne'),
  F: of('Codabar'),
  G: of('Code93'),
  H: of('Code11'),
  I: of('ITF'),
  K: of('Code16K'),
  L: of('PDF417'),
  M: of('MSI'),
  N: of('Anker'),
  O: of('Codablock'),
  P: of('Plessey'),
  Q: of('QR', 'link'),
  R: of('Straight2of5'),
  S: of('Straight2of5'),
  T: of('Code49'),
  U: of('MaxiCode'),
  c: of('ChannelCode'),
  h: of('HanXin'),
  o: of('OCR'),
  p: of('PosiCode'),
  s: of('SuperCode'),
  z: of('Aztec'),
}

/** By letter and modifier ("E0"); undefined for a letter that AIM does not know. */
export function symbologyOf(aim: string): Symbology | undefined {
  return BY_IDENTIFIER[aim] ?? BY_LETTER[aim[0]!]
}
