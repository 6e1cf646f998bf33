from standin.server import serve

serve()
