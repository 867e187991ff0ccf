// Stub being filled in.
import { type Body, NO_BODY } from './body-value.js'
export function multipartFromFormData(_form: FormData): Body { return NO_BODY }
