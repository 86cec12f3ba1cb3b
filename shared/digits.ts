/** Persian (۰–۹) and Arabic (٠–٩) digits and their decimal mark, as ASCII; same length. */
export const asciiDigits = (text: string): string =>
  text
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/٫/g, '.');
