package code

import "strings"

// alphabet is that of ISO/IEC 7064 MOD 37,36 (GB/T 17710).
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// CheckCharacter gives the check character of ISO/IEC 7064 MOD 37,36 for a text of
// digits and upper-case letters; it reports false for any other text.
func CheckCharacter(text string) (byte, bool) {
	const modulus = 36
	product := modulus
	for i := 0; i < len(text); i++ {
		value := strings.IndexByte(alphabet, text[i])
		if value < 0 {
			return 0, false
		}
		sum := (product + value) % modulus
		if sum == 0 {
			sum = modulus
		}
		product = sum * 2 % (modulus + 1)
	}
	return alphabet[(modulus+1-product)%modulus], true
}

// checks reports whether a text ends in its own check character.
func checks(text string) bool {
	if len(text) < 2 {
		return false
	}
	check, ok := CheckCharacter(text[:len(text)-1])
	return ok && check == text[len(text)-1]
}
