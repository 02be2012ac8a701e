from . import learn as learn
