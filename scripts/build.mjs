// `npm run build`: install what is missing, build what changed.
import { prepare } from './workspace.mjs'

prepare()
