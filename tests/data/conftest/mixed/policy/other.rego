package other

deny contains "nobody asks this"
