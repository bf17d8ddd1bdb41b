package web

import "github.com/gin-gonic/gin"

func (s *Server) mountClasses(e *gin.Engine)     {}
func (s *Server) mountApproval(e *gin.Engine)    {}
func (s *Server) mountCredentials(e *gin.Engine) {}
