const response = await fetch(process.argv[2])
process.stdout.write(await response.text())
