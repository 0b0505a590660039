package dependency

func One() int { return 1 }
