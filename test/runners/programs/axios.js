// Usage: axios.js PACKAGE URL, where PACKAGE is one of the versions in package.json.
const [, , packageName, url] = process.argv
const { default: axios } = await import(packageName)
const { data } = await axios.get(url, { responseType: 'text', validateStatus: () => true })
process.stdout.write(typeof data === 'string' ? data : JSON.stringify(data))
